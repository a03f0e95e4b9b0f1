/** Entry point of `npm start`: the server, from a bundle that the clone keeps. */
import { runKept } from './kept-bundle.mjs';

process.setSourceMapsEnabled(true);
await runKept('start');
