/** The list of all queues. */

export { QueuesPage } from './queues-page.tsx';
