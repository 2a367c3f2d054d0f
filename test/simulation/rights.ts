import { Guard } from "@holdfast/kernel/testing";
import { cloudModulePermissions, edgeModulePermissions, nodePermissions } from "@holdfast/kernel/trust";
import { contractRights } from "@holdfast/proto/rights";

/** The same in every world. */
const permissionsOf = new Map<string, ConstructorParameters<typeof Guard>[0]>();

/** The permissions of each identity of a world, as its servers hold them: "cloud hub", "gw-1 mapper", "cloud gw-1". */
export class Rights {
  readonly guards = new Map<string, Guard>();

  /** Undefined for what is no module of the product, as the authors of a simulation. */
  ofModule(module: string, node: string | undefined): Guard | undefined {
    const bus = node === undefined ? "cloud" : "edge";
    if (!contractRights.some((rights) => rights.bus === bus && rights.who === module)) return undefined;
    return this.#guard(`${node ?? "cloud"} ${module}`, () =>
      node === undefined ? cloudModulePermissions(module) : edgeModulePermissions(module, node),
    );
  }

  /** On the cloud's bus. */
  ofLink(node: string): Guard {
    return this.#guard(`cloud ${node}`, () => nodePermissions(node));
  }

  #guard(identity: string, permissions: () => ConstructorParameters<typeof Guard>[0]): Guard {
    const known = this.guards.get(identity);
    if (known) return known;
    const allowed = permissionsOf.get(identity) ?? permissions();
    permissionsOf.set(identity, allowed);
    const guard = new Guard(allowed);
    this.guards.set(identity, guard);
    return guard;
  }
}
