/** The views of one queue. */

export { QueuePage } from './queue-page.tsx';
