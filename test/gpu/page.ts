// What chromium.test.ts runs in a page: the programs of the engine suite, and rows of special values, on an engine there.
import * as tfjs from '@tensorflow/tfjs-core';
import * as tf from 'tfgraph';
import { type Checked, checkEngine } from '../support/engine_check.ts';
import { checkRow, ROWS } from '../support/exact_rows.ts';

/** What the page offers. */
export interface Page {
  check(options: tf.SessionOptions, tolerance: number): Promise<Checked[]>;
  /** `op dtype: what is wrong` for every row that has not the bits of reference. */
  rows(engine: string): Promise<string[]>;
  /** What a session says where textures hold float16 only. */
  withoutFloat32(engine: string): Promise<string>;
}

const page: Page = {
  check: checkEngine,
  rows: async (engine) => {
    const out: string[] = [];
    for (const [op, row] of Object.entries(ROWS)) for (const dtype of row.dtypes) {
      tf.resetDefaultGraph();
      out.push(...(await checkRow(engine, op, row, dtype)).wrong.map((w) => `${op} ${dtype}: ${w}`));
    }
    return out;
  },
  withoutFloat32: async (engine) => {
    tfjs.env().set('WEBGL_RENDER_FLOAT32_ENABLED', false);
    try {
      await new tf.Session({ engine }).ready();
      return 'it opens';
    } catch (e) {
      return (e as Error).message;
    } finally {
      tfjs.env().set('WEBGL_RENDER_FLOAT32_ENABLED', true);
    }
  },
};
(globalThis as unknown as { page: Page }).page = page;
