import { HISTORY_RINGS, stepOf } from '../../src/model/history.ts';

/** Files of a past: 120 sent in each minute, a growing backlog, and a gap of four steps in each ring. */
export function historyLines(queue: string, nowMs: number): [name: string, text: string][] {
  const rings = HISTORY_RINGS.map(({ stepMs, kept }): [string, string] => {
    const lines: string[] = [];
    for (let step = kept; step > 0; step -= 1) {
      if (step <= 24 && step > 20) continue;
      const sent = (120 * stepMs) / 60_000;
      const values = [sent, sent, 1, sent - 1, 0, kept - step, 3, 0, step];
      lines.push(JSON.stringify({ atMs: stepOf(nowMs, stepMs) - step * stepMs, queues: { [queue]: values } }));
    }
    return [`steps-${stepMs / 1_000}s.jsonl`, `${lines.join('\n')}\n`];
  });
  const days = Array.from({ length: 60 }, (_, index) => {
    const day = new Date(nowMs - (60 - index) * 86_400_000).toISOString().slice(0, 10);
    return JSON.stringify({
      day,
      calls: 400_000,
      callSeconds: 90_000,
      sent: 172_800,
      received: 180_000,
      deleted: 172_000,
    });
  });
  return [...rings, ['days.jsonl', `${days.join('\n')}\n`]];
}
