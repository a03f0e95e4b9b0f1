/** Gathers what a run showed, and what it did not. */
export class Verdict {
  readonly #outcomes: boolean[] = [];

  /** No problem is a pass. */
  judge(title: string, problems: readonly string[]): void {
    this.#outcomes.push(problems.length === 0);
    console.log(`${problems.length === 0 ? 'ok  ' : 'FAIL'} ${title}`);
    for (const problem of problems) console.log(`       ${problem}`);
  }

  get failed(): number {
    return this.#outcomes.filter((isPassed) => !isPassed).length;
  }

  get passed(): number {
    return this.#outcomes.length - this.failed;
  }
}
