/** What both modes are told about the function they derive. */
export interface DeriveOptions {
  /** Check the shapes of tangents and cotangents against the primal's. */
  readonly guards: boolean;
}
