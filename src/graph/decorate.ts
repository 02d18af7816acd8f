// What the scopes a node is made in add to it: attr scopes, gradient override, device, colocation, container, in
// TensorFlow's order. Follows Graph._create_op_helper in tensorflow/python/framework/ops.py (1.15).
import { applyDeviceStack } from './device.ts';
import { attr, type AttrMap, type AttrValue } from './node_def.ts';
import type { ScopeState } from './scopes.ts';
import type { Operation } from './tensor.ts';

/** Completes a new operation. `usesContainer`: it is stateful and may have a container attr. */
export function decorate(op: Operation, s: ScopeState, usesContainer: boolean): void {
  let attrs: AttrMap = op.nodeDef.attr;
  const set = (key: string, value: AttrValue): void => {
    attrs = { ...attrs, [key]: value };
    op._complete({ ...op.nodeDef, attr: attrs });
  };
  for (const [key, source] of Object.entries(s.attrScope)) {
    if (key in attrs) continue;
    const value = typeof source === 'function' ? source(op.nodeDef) : source;
    if (value !== null) set(key, value);
  }
  const label = s.kernelLabels[op.type];
  if (label !== undefined) set('_kernel', attr.s(label));
  const override = s.gradientOverride[op.type];
  if (override !== undefined) set('_gradient_op_type', attr.s(override));
  if (s.devices.length > 0) applyDeviceStack(s.devices, op);
  if (s.colocation.length > 0) {
    const groups = new Set<string>();
    // Innermost first: where several have a device, the outermost one's stays.
    for (const c of [...s.colocation].reverse()) {
      for (const g of c.colocationGroups()) groups.add(g);
      if (c.device !== '') op._setDevice(c.device);
    }
    set('_class', attr.list({ s: [...groups].sort() }));
  }
  const container = attrs['container'];
  if (usesContainer && s.container !== '' && container?.kind === 's' && container.value === '') set('container', attr.s(s.container));
}
