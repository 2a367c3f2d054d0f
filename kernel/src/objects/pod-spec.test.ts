import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkConfigObject } from "./config-object.ts";
import { referencesOf } from "./pod.ts";
import { checkPod, parsePod } from "./pod-spec.ts";

const container = { name: "main", image: "host", command: ["/bin/true"] };

function pod(spec: object = {}, metadata: object = {}): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "hello", ...metadata },
    spec: { containers: [container], ...spec },
  };
}

function withContainer(fields: object, spec: object = {}): object {
  return pod({ containers: [{ ...container, ...fields }], ...spec });
}

/** "path: problem" of everything that is wrong. */
function problemsOf(object: unknown): string[] {
  return checkPod(object).problems.map(({ path, problem, code }) => `${code} ${path}: ${problem}`);
}

describe("a pod", () => {
  it("gets Kubernetes' defaults", () => {
    expect(parsePod(pod())).toEqual({
      namespace: "default",
      name: "hello",
      uid: "",
      resourceVersion: "",
      labels: {},
      annotations: {},
      spec: {
        containers: [{ ...container, args: [], env: [], envFrom: [], volumeMounts: [], limits: {}, requests: {} }],
        volumes: [],
        restartPolicy: "Always",
        terminationGraceMs: 30_000,
        nodeSelector: {},
      },
    });
  });

  it("tells every problem with its path", () => {
    const problems = problemsOf({
      apiVersion: "v2",
      kind: "Pod",
      metadata: { name: "Not Legal", finalizers: ["x"] },
      spec: {
        restartPolicy: "Sometimes",
        hostPID: true,
        containers: [
          {
            name: "a",
            image: "nginx:1.27",
            ports: [{ containerPort: 80, hostPort: 8080 }],
            lifecycle: { preStop: {} },
          },
          { name: "a", image: "host", env: [{ name: "X", value: 5 }], resources: { limits: { cpu: "much" } } },
        ],
      },
    });
    expect(problems.map((line) => line.split(": ")[0])).toEqual([
      "invalid_argument apiVersion",
      "invalid_argument metadata.name",
      "unsupported metadata.finalizers",
      "unsupported spec.containers[0].ports[0].hostPort",
      "unsupported spec.containers[0].image",
      "unsupported spec.containers[0].lifecycle",
      "invalid_argument spec.containers[1].command",
      "invalid_argument spec.containers[1].env[0].value",
      "invalid_argument spec.containers[1].resources.limits.cpu",
      "invalid_argument spec.containers[1].name",
      "invalid_argument spec.restartPolicy",
      "unsupported spec.hostPID",
    ]);
  });

  it("names the runtime that an image needs, with code unsupported", () => {
    expect(() => parsePod(withContainer({ image: "nginx:1.27" }))).toThrow(
      expect.objectContaining({
        code: "unsupported",
        message: expect.stringMatching(/containers\[0\]\.image.*Docker.*CRI/),
      }),
    );
  });

  it("refuses what is no object, without a crash", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(checkPod(value).problems.length).toBeGreaterThan(0);
        expect(checkPod(pod({ containers: value })).problems.length).toBeGreaterThan(0);
        checkPod({
          ...pod(),
          spec: { containers: [{ ...container, env: value, livenessProbe: value, ports: value }] },
        });
        checkPod(pod({ volumes: value, nodeSelector: value }, { labels: value }));
      }),
    );
  });

  it("accepts what the server adds to an object, and its status", () => {
    const metadata = { uid: "u-1", resourceVersion: "7", creationTimestamp: null, generation: 1, managedFields: [] };
    expect(checkPod({ ...pod({}, metadata), status: { phase: "Running" } }).problems).toEqual([]);
  });

  it("refuses a uid that could leave a folder", () => {
    expect(problemsOf(pod({}, { uid: "../../etc" }))[0]).toMatch("metadata.uid");
  });

  it.each([
    ["subPath", { volumeMounts: [{ name: "v", mountPath: "/a", subPath: "b" }] }, "volumeMounts[0].subPath"],
    ["a mount outside", { volumeMounts: [{ name: "v", mountPath: "/a/../../b" }] }, "volumeMounts[0].mountPath"],
    ["a mount of the root", { volumeMounts: [{ name: "v", mountPath: "/" }] }, "volumeMounts[0].mountPath"],
    ["an unknown volume", { volumeMounts: [{ name: "w", mountPath: "/a" }] }, "volumeMounts[0].name"],
    [
      "two actions of a probe",
      { livenessProbe: { exec: { command: ["x"] }, tcpSocket: { port: 1 } } },
      "livenessProbe",
    ],
    ["a grpc probe", { livenessProbe: { grpc: { port: 1 } } }, "livenessProbe.grpc"],
    ["an unknown port name", { livenessProbe: { tcpSocket: { port: "web" } } }, "livenessProbe.tcpSocket.port"],
    [
      "a request over its limit",
      { resources: { limits: { cpu: "1" }, requests: { cpu: 2 } } },
      "resources.requests.cpu",
    ],
    [
      "resourceFieldRef",
      { env: [{ name: "A", valueFrom: { resourceFieldRef: {} } }] },
      "env[0].valueFrom.resourceFieldRef",
    ],
    [
      "a field we have not",
      { env: [{ name: "A", valueFrom: { fieldRef: { fieldPath: "spec.x" } } }] },
      "env[0].valueFrom.fieldRef.fieldPath",
    ],
    ["a user", { securityContext: { runAsUser: 1 } }, "securityContext"],
  ])("refuses %s by its path", (_, fields, path) => {
    const volumes = [{ name: "v", emptyDir: {} }];
    expect(problemsOf(withContainer(fields, { volumes })).map((line) => line.replace(/: .*/, ""))).toContainEqual(
      expect.stringContaining(`spec.containers[0].${path}`),
    );
  });

  it.each(["\n", "\r", "\u2028"])("refuses a path that leaves its folder after a line end (%j)", (lineEnd) => {
    const away = `a${lineEnd}/../../../etc/cron.d/x`;
    const items = [{ key: "a", path: away }];
    const volumes = [
      { name: "v", configMap: { name: "settings", items } },
      { name: "w", hostPath: { path: `/srv/${away}` } },
    ];
    const volumeMounts = [{ name: "v", mountPath: `/${away}` }];
    expect(problemsOf(withContainer({ volumeMounts }, { volumes })).map((line) => line.split(": ")[0])).toEqual([
      "invalid_argument spec.volumes[0].configMap.items[0].path",
      "invalid_argument spec.volumes[1].hostPath.path",
      "invalid_argument spec.containers[0].volumeMounts[0].mountPath",
    ]);
  });

  it("refuses a NUL character wherever words go to a command", () => {
    const words = ["/bin/echo", "a\0b"];
    const fields = { command: words, args: words, livenessProbe: { exec: { command: words } } };
    expect(problemsOf(withContainer(fields))).toEqual([
      "invalid_argument spec.containers[0].command[1]: must not contain a NUL character",
      "invalid_argument spec.containers[0].livenessProbe.exec.command[1]: must not contain a NUL character",
      "invalid_argument spec.containers[0].args[1]: must not contain a NUL character",
    ]);
  });

  it("refuses an unknown kind of volume once, by its name", () => {
    expect(problemsOf(pod({ volumes: [{ name: "v", nfs: { server: "x" } }] }))).toEqual([
      "unsupported spec.volumes[0].nfs: is not supported; leave it out",
    ]);
  });

  it("reads probes with all their timing, and named ports", () => {
    const probe = {
      httpGet: { port: "web", path: "/ok", scheme: "HTTPS", httpHeaders: [{ name: "X-A", value: "1" }] },
    };
    const timing = {
      initialDelaySeconds: 3,
      periodSeconds: 4,
      timeoutSeconds: 5,
      successThreshold: 2,
      failureThreshold: 6,
    };
    const object = withContainer({
      ports: [{ name: "web", containerPort: 8443 }],
      readinessProbe: { ...probe, ...timing },
    });
    expect(parsePod(object).spec.containers[0]?.readinessProbe).toEqual({
      action: { kind: "http", port: 8443, path: "/ok", secure: true, headers: [["X-A", "1"]] },
      initialDelayMs: 3000,
      periodMs: 4000,
      timeoutMs: 5000,
      successThreshold: 2,
      failureThreshold: 6,
    });
  });

  it("takes a request from the limit when it is not given", () => {
    const { limits, requests } =
      parsePod(withContainer({ resources: { limits: { cpu: "250m", memory: "64Mi" }, requests: { cpu: 0.1 } } })).spec
        .containers[0] ?? {};
    expect(limits).toEqual({ cpuMillis: 250, memoryBytes: 64 * 2 ** 20 });
    expect(requests).toEqual({ cpuMillis: 100, memoryBytes: 64 * 2 ** 20 });
  });

  it("knows what it refers to", () => {
    const env = [
      { name: "A", valueFrom: { configMapKeyRef: { name: "settings", key: "a", optional: true } } },
      { name: "B", valueFrom: { secretKeyRef: { name: "settings", key: "b" } } },
    ];
    const envFrom = [{ configMapRef: { name: "more", optional: true } }];
    const volumes = [{ name: "v", configMap: { name: "settings", items: [{ key: "a", path: "x/a.conf" }] } }];
    expect(referencesOf(parsePod(withContainer({ env, envFrom }, { volumes })))).toEqual([
      { kind: "configmap", name: "settings", optional: false },
      { kind: "configmap", name: "more", optional: true },
      { kind: "secret", name: "settings", optional: false },
    ]);
  });
});

describe("ConfigMaps and Secrets", () => {
  const meta = { apiVersion: "v1", metadata: { name: "settings" } };
  const text = (bytes: Uint8Array | undefined) => bytes && new TextDecoder().decode(bytes);

  it("are named bytes", () => {
    const configMap = { ...meta, kind: "ConfigMap", data: { a: "1" }, binaryData: { b: "AAE=" } };
    const data = checkConfigObject("configmap", configMap).object?.data;
    expect([text(data?.get("a")), data?.get("b")]).toEqual(["1", Uint8Array.of(0, 1)]);
    const secret = { ...meta, kind: "Secret", type: "Opaque", data: { a: "b2xk" }, stringData: { a: "new" } };
    expect(text(checkConfigObject("secret", secret).object?.data.get("a"))).toBe("new");
  });

  it("tell every problem with its path", () => {
    const secret = { ...meta, kind: "Secret", data: { a: "not base64!", "../x": "" }, extra: 1 };
    expect(checkConfigObject("secret", secret).problems.map(({ path }) => path)).toEqual([
      'data["../x"]',
      'data["a"]',
      "extra",
    ]);
  });
});
