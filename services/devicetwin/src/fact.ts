import type {
  Epoch,
  Resolution,
  TwinDesired,
  TwinProposed,
  TwinRejected,
  TwinReported,
  TwinResult,
  TwinStarted,
  TwinTarget,
} from "@holdfast/proto";

/** One property of one device. */
export interface Place {
  readonly namespace: string;
  readonly device: string;
  readonly property: string;
}

/** A proposal or a call hangs on its device. The property of a proposal is known from its body or from the state. */
export type ProposalPlace = Omit<Place, "property">;

/** What the cloud wants of one property, as the hub recorded it. */
export interface Taken {
  readonly target: TwinTarget;
  /** The life of the cloud that said so. */
  readonly incarnation: Epoch | undefined;
  /** The cloud no longer names it, but it was not allowed to go (docs/protocol.md 7). */
  readonly withheld: boolean;
}

/** Facts of other authors that twins are made of. An absent body = the fact is gone. */
export type InputFact =
  | { readonly kind: "device"; readonly namespace: string; readonly name: string; readonly json?: string | undefined }
  | { readonly kind: "model"; readonly namespace: string; readonly name: string; readonly json?: string | undefined }
  | { readonly kind: "target"; readonly place: Place; readonly taken?: Taken | undefined }
  | { readonly kind: "resolution"; readonly id: string; readonly resolution?: Resolution | undefined }
  | { readonly kind: "incarnation"; readonly epoch: Epoch | undefined };

/** Facts of devicetwin itself: what its decisions consist of. An absent message = removal. */
export type TwinFact =
  | ReportedFact
  | { readonly kind: "desired"; readonly place: Place; readonly message: TwinDesired }
  | { readonly kind: "rejected"; readonly place: Place; readonly message?: TwinRejected | undefined }
  | ProposedFact
  | StartedFact
  | ResultFact
  | ConnectivityFact;

export interface ReportedFact {
  readonly kind: "reported";
  readonly place: Place;
  readonly message?: TwinReported | undefined;
  /** It stays on the gateway (reportToCloud: false). The recorder knows. */
  readonly local?: boolean;
}

export interface ProposedFact {
  readonly kind: "proposed";
  readonly place: ProposalPlace;
  readonly id: string;
  readonly message?: TwinProposed | undefined;
}

/** A call has begun (docs/protocol.md 9). */
export interface StartedFact {
  readonly kind: "started";
  readonly place: ProposalPlace;
  readonly id: string;
  readonly message?: TwinStarted | undefined;
}

/** A call has ended: with it the call is no longer open. */
export interface ResultFact {
  readonly kind: "result";
  readonly place: ProposalPlace;
  readonly id: string;
  readonly message: TwinResult;
}

export interface ConnectivityFact {
  readonly kind: "online" | "offline";
  readonly namespace: string;
  readonly device: string;
  readonly atMs: number;
  /** Why it is offline; "" when it is online. */
  readonly reason: string;
}

export type Fact = InputFact | TwinFact;

/** Where and when a fact was recorded. */
export interface Recorded {
  readonly seq: number;
  /** Of the gateway, from one start to the next. */
  readonly bootId: string;
  /** Wall time of the gateway; only for people and for the age of what was found at a start. */
  readonly wallMs: number;
}

/** Names of Kubernetes objects have no slash, so this is one-to-one. */
export function deviceKey(namespace: string, device: string): string {
  return `${namespace}/${device}`;
}

export function placeKey({ namespace, device, property }: Place): string {
  return `${namespace}/${device}/${property}`;
}
