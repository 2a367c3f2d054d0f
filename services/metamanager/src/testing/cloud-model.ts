import { crc32 } from "node:zlib";
import { type DigestSum, digestFromMessage, digestOf, entryHash, sameDigest } from "@holdfast/kernel";
import {
  type Epoch,
  type LogEvent,
  LogEventCodec,
  type LogStatus,
  type Mark,
  type OutboxPage,
  type UpItem,
  UpItemCodec,
} from "@holdfast/proto";

interface Stored {
  readonly epoch: string;
  readonly upSeq: number;
  /** Epoch, up_seq and uplink chain. */
  readonly place: string;
  readonly born: string;
  readonly event: LogEvent | undefined;
  /** The key of a removal that the cloud derived itself at the end of a report. */
  readonly removed: string;
}

const text = (epoch: Epoch | undefined) => (epoch ? `${epoch.counter}.${epoch.random}` : "");

/** What the cloud does with a node's frames, as simply as it can be said (docs/protocol.md 4, 5). */
export class CloudModel {
  mark: Mark | undefined;
  stored: Stored[] = [];
  gapEvents = 0;
  voided = 0;
  readonly complaints: string[] = [];

  snapshot(): Pick<CloudModel, "mark" | "stored" | "gapEvents"> {
    return { mark: this.mark, stored: [...this.stored], gapEvents: this.gapEvents };
  }

  /** What the node must do: its own words are compared with the mark by the table of hello. */
  hello(status: LogStatus): "go-on" | "take-ack" | "send-again" | "new-epoch" {
    const { mark } = this;
    if (status.fresh) return "new-epoch";
    if (mark && text(mark.epoch) === text(status.epoch)) {
      if (status.chain === undefined || status.chain !== mark.chain) return "new-epoch";
      if (mark.upSeq === status.ackedUpSeq) return "go-on";
      if (mark.upSeq > status.ackedUpSeq) return mark.upSeq <= status.lastUpSeq ? "take-ack" : "new-epoch";
      return mark.upSeq + 1 >= status.firstUpSeq ? "send-again" : "new-epoch";
    }
    const follows = mark?.upSeq === status.predecessor?.upSeq && text(mark?.epoch) === text(status.predecessor?.epoch);
    return status.ackedUpSeq === 0 && follows ? "go-on" : "new-epoch";
  }

  /** Takes a page whole, or refuses it. */
  take(page: OutboxPage): boolean {
    const items = page.items.map((item) => UpItemCodec.decode(item));
    const [first] = items;
    const inEpoch = this.mark !== undefined && text(this.mark.epoch) === text(page.epoch);
    const begins = !inEpoch && first?.upSeq === 1 && first.begin !== undefined;
    if (!first || !(inEpoch || begins)) return false;
    let expected = begins ? 1 : (this.mark?.upSeq ?? 0) + 1;
    let chain = begins ? 0 : (this.mark?.chain ?? 0);
    for (const [index, item] of items.entries()) {
      if ((item.gap ? item.gap.from : item.upSeq) !== expected) return false;
      expected = item.upSeq + 1;
      chain = crc32(page.items[index] ?? new Uint8Array(), chain);
    }
    if (chain !== page.chain || expected - 1 !== page.lastUpSeq) return false;
    let beginUpSeq = inEpoch ? (this.mark?.beginUpSeq ?? 0) : 0;
    let itemChain = begins ? 0 : (this.mark?.chain ?? 0);
    for (const [index, item] of items.entries()) {
      itemChain = crc32(page.items[index] ?? new Uint8Array(), itemChain);
      if (item.begin) beginUpSeq = item.upSeq;
      if (item.end) beginUpSeq = 0;
      this.#takeItem(item, text(page.epoch), itemChain);
    }
    const { epoch, lastUpSeq: upSeq, digest } = page;
    this.mark = {
      epoch,
      upSeq,
      chain,
      digest,
      beginUpSeq,
      gapEvents: this.gapEvents,
      voided: this.voided,
      epochAtMs: 0,
      machines: undefined,
      machineId: "",
    };
    if (beginUpSeq === 0) this.#compareDigest(digestFromMessage(digest), `at ${text(epoch)}/${upSeq}`);
    return true;
  }

  /** Key -> the event that is its state. */
  state(): Map<string, LogEvent> {
    const state = new Map<string, LogEvent>();
    for (const { event, removed } of this.stored) {
      if (removed !== "" || event?.ending === "removal") state.delete(event?.key ?? removed);
      else if (event?.ending === "state") state.set(event.key, event);
    }
    return state;
  }

  #takeItem(item: UpItem, epoch: string, chain: number): void {
    this.gapEvents += item.gap?.events ?? 0;
    if (item.end) {
      if (this.#removeUnnamed(item.end.beginUpSeq, epoch, item.upSeq))
        this.#compareDigest(digestFromMessage(item.end.digest), `at the end ${epoch}/${item.upSeq}`);
      return;
    }
    if (item.event.length === 0) return;
    const born = item.born ? `${text(item.born.epoch)}/${item.born.upSeq}/${item.born.chain}` : "";
    // The chain tells it from another event that a log which was put back gave the same number.
    const known = born !== "" && this.stored.some((one) => one.born === born || one.place === born);
    if (known) this.voided += 1;
    else {
      const event = LogEventCodec.decode(item.event);
      this.stored.push({
        epoch,
        upSeq: item.upSeq,
        place: `${epoch}/${item.upSeq}/${chain}`,
        born,
        event,
        removed: "",
      });
    }
  }

  #removeUnnamed(beginUpSeq: number, epoch: string, upSeq: number): boolean {
    const newest = new Map<string, Stored>();
    for (const one of this.stored) if (one.event) newest.set(one.event.key, one);
    for (const [key, one] of newest) {
      const named = one.epoch === epoch && one.upSeq >= beginUpSeq;
      if (!named && one.event?.ending === "state")
        this.stored.push({ epoch, upSeq, place: "", born: "", event: undefined, removed: key });
    }
    return true;
  }

  #compareDigest(claimed: DigestSum, where: string): void {
    const hashes: bigint[] = [];
    for (const [key, event] of this.state()) if (event.digested) hashes.push(entryHash(key, 0, event.body));
    if (!sameDigest(digestOf(hashes), claimed))
      this.complaints.push(`${where}: ${hashes.length} entries here, ${claimed.count} claimed`);
  }
}
