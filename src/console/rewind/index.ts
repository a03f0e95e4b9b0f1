/** Rewinds and redrives: the form with its preview, and the jobs. */

export { JobsPage } from './jobs-page.tsx';
export { RewindTab } from './rewind-tab.tsx';
