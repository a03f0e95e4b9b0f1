import type { Define } from '../frame/command.ts';
import { define as create } from './queue/create.ts';
import { define as edit } from './queue/edit.ts';
import { define as list } from './queue/list.ts';
import { define as purge } from './queue/purge.ts';
import { define as remove } from './queue/remove.ts';
import { define as restore } from './queue/restore.ts';
import { define as show } from './queue/show.ts';

/** `rewindmq queue`. */
export const define: Define = (command, on) => {
  for (const verb of [list, create, show, edit, purge, remove, restore]) verb(command, on);
};
