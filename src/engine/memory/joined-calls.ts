/**
 * Joins calls that ask for the same: those that come while one is at work share the next one. It begins after all of
 * them, so its answer includes everything they did before.
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
