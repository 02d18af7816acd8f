import type { Engine } from './engine.ts';
import { referenceEngine } from './reference.ts';
export function tfjsEngine(name: string): Engine { return { ...referenceEngine, name: `tfjs:${name}` }; }
