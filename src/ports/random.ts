/** The only source of randomness, so that a simulation can repeat itself. */
export interface Random {
  /** A number from 0 up to, not including, 1. */
  next(): number;
  /** Sortable text of that many characters, 6 random bits each; unpredictable on AWS and locally. */
  text(length: number): string;
}
