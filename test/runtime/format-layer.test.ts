import middy from '@middy/core';
import { expect, it } from 'vitest';
import { noteFormat } from '../../src/engine/index.ts';
import { QueueError } from '../../src/model/errors.ts';
import { FormatError, STORED_FORMAT } from '../../src/model/format.ts';
import type { Catalog } from '../../src/ports/catalog.ts';
import { formatLayer } from '../../src/runtime/format-layer.ts';
import { given } from '../support/given.ts';

/** A function over a catalog, with its count of format reads. */
function givenFunction(catalog: Catalog) {
  const asked = { count: 0 };
  const get: Catalog['get'] = async (kind, name) => {
    asked.count++;
    return await catalog.get(kind, name);
  };
  const layer = formatLayer({ get });
  const handler = middy(async () => 'answer').use(layer);
  return { asked, call: async () => await handler({}, {} as never) };
}

it('serves calls on stores of its own format, and looks once', async () => {
  const world = await given();
  await noteFormat(world.service.catalog);
  const { asked, call } = givenFunction(world.service.catalog);

  expect([await call(), await call()]).toEqual(['answer', 'answer']);
  expect(asked.count).toBe(1);
  expect((await world.service.catalog.get('format', 'stores'))?.value).toEqual({ format: STORED_FORMAT });
});

it('ends every call on stores of another format, and names the release that reads them', async () => {
  const world = await given();
  await world.service.catalog.tryPut('format', 'stores', { format: 103 }, 0);
  const { call } = givenFunction(world.service.catalog);

  for (const _ of [1, 2]) await expect(call()).rejects.toThrow(FormatError);
  await expect(call()).rejects.toThrow(
    'what this deployment has stored has format 103, which release 1.3 reads; this is release 0.2',
  );
});

it('keeps the number that is there', async () => {
  const world = await given();
  await world.service.catalog.tryPut('format', 'stores', { format: 103 }, 0);

  await noteFormat(world.service.catalog);

  expect((await world.service.catalog.get('format', 'stores'))?.value).toEqual({ format: 103 });
});

it('asks again where the catalog gave no answer', async () => {
  const world = await given();
  await world.service.catalog.tryPut('format', 'stores', { format: 103 }, 0);
  const { catalog } = world.service;
  let isSilent = true;
  const get: Catalog['get'] = async (kind, name) => {
    if (isSilent) throw new QueueError('Unavailable', 'no answer');
    return await catalog.get(kind, name);
  };
  const handler = middy(async () => 'answer').use(formatLayer({ get }));

  const first = await handler({}, {} as never);
  isSilent = false;

  expect(first).toBe('answer');
  await expect(handler({}, {} as never)).rejects.toThrow(FormatError);
});
