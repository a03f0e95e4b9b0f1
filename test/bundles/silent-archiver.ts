import type { Deployed } from './deployed.ts';
import type { Fault } from './recorder.ts';
import { show } from './shown.ts';

const MINUTE_MS = 60_000;
/** The controller puts a barrier into each cell in one minute of five. */
const BEAT_MINUTES = 5;
/** The alarm's limit is five minutes. */
const LATER_MINUTES = 6;
const LOOKS = 3;

/**
 * Switches the archiver off, like a disabled event source mapping: its alarm's metric appears within minutes, and is
 * gone once the streams are followed again.
 */
export async function showSilentArchiver(deployed: Deployed): Promise<void> {
  const stop: Fault = () => {
    throw new Error('the archiver is switched off');
  };
  const start = deployed.break(['Archiver'], stop);
  // To the start of that minute, so that a slow start does not miss it.
  const untilBeatMs = BEAT_MINUTES * MINUTE_MS - (Date.now() % (BEAT_MINUTES * MINUTE_MS));
  const silent = [
    ...(await secondsTold(deployed, untilBeatMs)),
    ...(await secondsTold(deployed, untilBeatMs + LATER_MINUTES * MINUTE_MS)),
  ];
  const isTold = silent.some((seconds) => seconds > 5 * 60);
  show('an archiver that is switched off is told of', isTold ? [] : [`silent for ${silent.join(', ')} s`]);
  start();
  let last: readonly number[] = [];
  for (let look = 0; look < LOOKS; look++) {
    last = await secondsTold(deployed, untilBeatMs + (LATER_MINUTES + 1 + look) * MINUTE_MS);
  }
  show('and of nothing once it goes on', last.length === 0 ? [] : [`still silent for ${last.join(', ')} s`]);
}

/** The archiver's silence reported by a run of the controller that much later; `undefined` without one. */
async function secondsTold(deployed: Deployed, laterMs: number): Promise<number[]> {
  const controller = await deployed.openLater('Controller', laterMs);
  try {
    await controller.invoke({});
    return [...controller.output.join('').matchAll(/"ArchiverSilentSeconds":([\d.]+)/g)].map(([, text]) =>
      Number(text),
    );
  } finally {
    controller.close();
  }
}
