/** What caught a fault. */
export interface Verdict {
  /** `random programs`, or the name of a fixture. */
  readonly by: string;
  /** After how many programs or fixtures. */
  readonly after: number;
  /** What was wrong. */
  readonly what: string;
}
