// Mistakes in the program that show before anything runs.
import type { Module } from './ast.ts';
import type { Inference } from './infer.ts';
import type { Report } from './report.ts';

export function findMistakes(_m: Module, _inf: Inference, _report: Report): void {}
