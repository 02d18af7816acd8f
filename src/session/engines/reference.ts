// The `reference` engine: no device. Every value is an NDArray, every step a reference kernel.
import { InternalFault } from '../../graph/errors.ts';
import type { Engine } from './engine.ts';

function never(): never { throw new InternalFault('the reference engine has no device'); }

/** It, in place of another. */
export const referenceBecause = (why: string): Engine => ({ ...referenceEngine, why });

export const referenceEngine: Engine = {
  name: 'reference',
  foldsAll: true, fitsAnyShape: true,
  exposes: new Set(),
  accepts: () => false,
  place: () => 'reference engine',
  prepare: () => Promise.resolve(),
  prepareSync: () => undefined,
  upload: never,
  download: never,
  downloadSync: never,
  run: never,
  retain: never,
  free: never,
  adopt: () => undefined,
  expose: never,
  memory: () => ({ tensors: 0, bytes: 0 }),
};
