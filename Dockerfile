# Two images for docker-compose.yml: `module` runs any module (its command says which), `bus` a NATS server.
# Run `npm ci` in the checkout first, or without Node on this machine
#     docker run --rm -v "$PWD:/src" -w /src node:24-slim npm ci
# The installed packages are copied and nothing is fetched while building, so it works without a network too.
ARG NODE_IMAGE=node:24-slim
ARG NATS_IMAGE=nats:2.14-alpine

FROM ${NODE_IMAGE} AS tree
WORKDIR /holdfast
COPY . .
# What is left is what runs; the registry is not asked.
RUN npm prune --omit=dev --offline --no-audit --no-fund --loglevel=error

FROM ${NODE_IMAGE} AS module
ENV NODE_ENV=production
COPY --from=tree /holdfast /holdfast
ENV NODE_COMPILE_CACHE=/var/cache/holdfast
# A new named volume takes its owner from the folder that it covers.
RUN mkdir -p /var/cache/holdfast && chown node:node /var/cache/holdfast
RUN mkdir -p /var/lib/holdfast/log /var/lib/holdfast/edged /var/lib/holdfast/keys \
  && cd / && mkdir -p -m 700 keys/trust keys/nats keys/own \
    keys/controller keys/hub keys/metamanager keys/devicetwin keys/edged keys/mapper \
  && chown -R node:node /var/lib/holdfast /keys
WORKDIR /holdfast
USER node
# Code without its types: a module that starts from there takes half the memory and time. Each is started with what it
# must refuse, so it loads all of its code and ends; by the same user and with the same flags as later.
RUN for main in services/*/src/main.ts; do for role in cloud edge; do \
      HF_HUB_ROLE=$role HF_DRAIN_MS=refused node --max-semi-space-size=1 --optimize-for-size $main >/dev/null 2>&1 || true; \
    done; done
# As on a gateway without containers: a module needs little memory, and V8 takes no more than it must.
ENTRYPOINT ["node", "--max-semi-space-size=1", "--optimize-for-size"]

FROM ${NATS_IMAGE} AS bus
RUN mkdir -p /data /keys/nats && chown -R 1000:1000 /data /keys
COPY deploy /etc/holdfast
USER 1000:1000
ENTRYPOINT ["nats-server", "--config"]
