/** What a check found; `advice` says what to do about it. */
export interface Finding {
  readonly check: string;
  readonly state: "ok" | "warning" | "wrong";
  readonly detail: string;
  readonly advice: string;
}

export const ok = (check: string, detail: string): Finding => ({ check, state: "ok", detail, advice: "" });
export const warning = (check: string, detail: string, advice: string): Finding => ({
  ...{ check, state: "warning", detail, advice },
});
export const wrong = (check: string, detail: string, advice: string): Finding => ({
  ...{ check, state: "wrong", detail, advice },
});
