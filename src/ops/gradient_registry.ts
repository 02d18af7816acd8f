// Gradients that users register under names of their own, and names declared not differentiable. Follows
// RegisterGradient and no_gradient in python/framework/ops.py and registry.py (1.15).
import { KeyError, TypeError } from '../graph/errors.ts';
import { captureSite, type CreationSite } from '../graph/site.ts';
import type { Operation, Tensor } from '../graph/tensor.ts';
import { type Grad, registeredGradient, setUserGradient } from './registry.ts';

/** A gradient function as users write it: the forward op and the gradients of its outputs in; out, one gradient per input
 * (null: none), alone or in a list. */
export type UserGradient = (op: Operation, ...grads: (Tensor | null)[]) => Grad | readonly Grad[];

const sites = new Map<string, CreationSite>();

function register(opType: unknown, f: UserGradient | null, site: CreationSite): void {
  if (typeof opType !== 'string') throw new TypeError('op_type must be a string');
  if (registeredGradient(opType) !== undefined) {
    throw new KeyError(`Registering two gradient with name '${opType}'! (Previous registration was in register ${sites.get(opType)?.location ?? 'tfgraph'})`);
  }
  sites.set(opType, site);
  setUserGradient(opType, f && ((op, ...grads) => {
    const g = f(op, ...grads);
    return Array.isArray(g) ? g as readonly Grad[] : [g as Grad];
  }));
}

/** `tf.RegisterGradient(op_type)(f)`: makes `f` the gradient of an op type, or of the name that `gradientOverrideMap` gives.
 * Errors: TypeError for a name that is no string, KeyError for a name that has a gradient already. */
export function RegisterGradient(opType: string): <F extends UserGradient>(f: F) => F {
  if (typeof opType !== 'string') throw new TypeError('op_type must be a string');
  const site = captureSite(RegisterGradient);
  return (f) => {
    register(opType, f, site);
    return f;
  };
}

/** `tf.no_gradient`: ops of this type (or override name) pass no gradient on. Errors: as RegisterGradient. */
export function noGradient(opType: string): void { register(opType, null, captureSite(noGradient)); }
