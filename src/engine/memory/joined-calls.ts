/**
 * Joins equal calls. Calls that arrive during a run share the next one. It starts after all of them, so its answer
 * includes everything that their callers did before.
 */
export class JoinedCalls<Answer> {
  readonly #running = new Map<string, Promise<void>>();
  readonly #next = new Map<string, Promise<Answer>>();

  run(name: string, work: () => Promise<Answer>): Promise<Answer> {
    const running = this.#running.get(name);
    if (running === undefined) return this.#start(name, work);
    const joined = this.#next.get(name) ?? running.then(() => this.#start(name, work));
    this.#next.set(name, joined);
    return joined;
  }

  #start(name: string, work: () => Promise<Answer>): Promise<Answer> {
    this.#next.delete(name);
    const answer = work();
    const end = () => void this.#running.delete(name);
    this.#running.set(name, answer.then(end, end));
    return answer;
  }
}
