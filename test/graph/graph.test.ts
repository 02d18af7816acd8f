// The builder: TF's name rules, scopes, devices, colocation, control inputs, default stacks.
import { describe, expect, test } from 'vitest';
import { Graph, getDefaultGraph, resetDefaultGraph } from '../../src/graph/graph.ts';
import { float32 } from '../../src/graph/dtype.ts';
import { attr } from '../../src/graph/node_def.ts';
import { TensorShape } from '../../src/graph/shape.ts';
import type { Operation, Tensor } from '../../src/graph/tensor.ts';
import { colocateWith, controlDependencies, device, nameScope } from '../../src/ops/framework.ts';

const make = (g: Graph, name: string, inputs: readonly Tensor[] = []): Operation =>
  g.createOp({ type: 'Noise', inputs, outputDtypes: [float32], attr: {}, name, inferShapes: () => [new TensorShape([2])] });

describe('names', () => {
  test('are unique ignoring case, and the composed key is itself taken', () => {
    const g = new Graph();
    const names = ['foo', 'Foo', 'foo', 'foo_1', 'bar', 'bar_1', 'bar'].map((n) => make(g, n).name);
    expect(names).toEqual(['foo', 'Foo_1', 'foo_2', 'foo_1_1', 'bar', 'bar_1', 'bar_2']);
  });
  test('scopes and ops share one table', () => {
    const g = new Graph();
    g.asDefault(() => {
      nameScope('s', () => make(g, 'x'));
      expect(make(g, 's').name).toBe('s_1');
      nameScope('s', (scope) => {
        expect(scope).toBe('s_2/');
        expect(make(g, scope).name).toBe('s_2');
      });
      nameScope('s/', () => expect(make(g, 'x').name).toBe('s/x_1'));
      nameScope('a', () => nameScope(null, (scope) => { expect(scope).toBe(''); expect(make(g, 'x').name).toBe('x'); }));
    });
  });
  test('a literal name that exists is a duplicate', () => {
    const g = new Graph();
    make(g, 'z/');
    expect(() => make(g, 'z')).toThrow("Duplicate node name in graph: 'z'");
  });
  test.each(['-a', 'a b', 'a$'])('%s is refused', (n) => {
    const g = new Graph();
    expect(() => make(g, n)).toThrow(`'${n}' is not a valid node name`);
    expect(() => g.asDefault(() => nameScope(n, () => 0))).toThrow(`'${n}' is not a valid scope name`);
  });
  test('unique_name can look without taking', () => {
    const g = new Graph();
    make(g, 'u');
    expect([g.uniqueName('u', false), g.uniqueName('u', false), g.uniqueName('u')]).toEqual(['u_1', 'u_1', 'u_1']);
  });
});

describe('control dependencies', () => {
  test('are sorted, skip data inputs and dominated levels, and can be cleared', () => {
    const g = new Graph();
    g.asDefault(() => {
      const [b, a, c] = ['b', 'a', 'c'].map((n) => make(g, n));
      controlDependencies([b, a], () => {
        expect(make(g, 'x').nodeDef.input).toEqual(['^a', '^b']);
        const y = make(g, 'y', [b!.output]);
        expect(y.nodeDef.input).toEqual(['b', '^a']);
        expect(make(g, 'z', [y.output]).nodeDef.input).toEqual(['y']);
        controlDependencies([c], () => expect(make(g, 'w', [y.output]).nodeDef.input).toEqual(['y', '^c']));
        controlDependencies(null, () => expect(make(g, 'v').nodeDef.input).toEqual([]));
      });
    });
  });
});

describe('devices and colocation', () => {
  test('the inner device wins field by field; a function sees the node', () => {
    const g = new Graph();
    g.asDefault(() => device('/job:ps/task:1', () => device('/gpu:0', () => {
      expect(make(g, 'a').device).toBe('/job:ps/task:1/device:GPU:0');
      device('/job:worker', () => expect(make(g, 'b').device).toBe('/job:worker/task:1/device:GPU:0'));
      device(null, () => expect(make(g, 'c').device).toBe(''));
      device((n) => (n.name === 'd' ? '/cpu:0' : n.device), () => expect(make(g, 'd').device).toBe('/job:ps/task:1/device:CPU:0'));
    })));
  });
  test('_class is sorted, follows the target\'s own groups and its device', () => {
    const g = new Graph();
    g.asDefault(() => {
      const b = make(g, 'b');
      const a = device('/cpu:0', () => make(g, 'a'));
      colocateWith(b, () => colocateWith(a, () => {
        const c = make(g, 'c');
        expect(c.attr('_class')).toEqual(attr.list({ s: ['loc:@a', 'loc:@b'] }));
        expect(c.device).toBe('/device:CPU:0');
        colocateWith(c, true, () => expect(make(g, 'd').attr('_class')).toEqual(attr.list({ s: ['loc:@a', 'loc:@b'] })));
      }));
    });
  });
});

describe('default graph and scopes across async code', () => {
  test('as_default nests; reset inside a nested graph is refused', () => {
    const g = new Graph();
    const outer = getDefaultGraph();
    g.asDefault(() => {
      expect(getDefaultGraph()).toBe(g);
      expect(resetDefaultGraph).toThrow('Do not use tf.reset_default_graph() to clear nested graphs');
    });
    expect(getDefaultGraph()).toBe(outer);
  });
  test('two interleaved async bodies keep their own scopes', async () => {
    const g = new Graph();
    const tick = (): Promise<void> => new Promise((r) => { setTimeout(r, 1); });
    const build = (name: string): Promise<string[]> => g.asDefault(async () => nameScope(name, async () => {
      const first = make(g, 'x').name;
      await tick();
      return [first, make(g, 'y').name];
    }));
    expect(await Promise.all([build('one'), build('two')])).toEqual([['one/x', 'one/y'], ['two/x', 'two/y']]);
    expect(make(g, 'free').name).toBe('free');
  });
  test('`using` follows blocks; building under one after an await is refused and names both places', async () => {
    const g = new Graph();
    {
      using _g = g.asDefault();
      using _s = nameScope('u');
      expect(make(getDefaultGraph(), 'x').name).toBe('u/x');
    }
    expect(make(g, 'x').name).toBe('x');
    const late = async (): Promise<void> => {
      using _s = g.asDefault();
      await Promise.resolve();
      make(g, 'late');
    };
    await expect(late()).rejects.toThrow(/still open after an await[\s\S]*graph\.test\.ts/);
    expect(make(g, 'after').name).toBe('after');
  });
  test('scopes closed out of order throw and name both', () => {
    const g = new Graph();
    using _g = g.asDefault();
    const a = nameScope('a');
    const b = nameScope('b');
    expect(() => a[Symbol.dispose]()).toThrow(/Scopes closed out of order[\s\S]*name_scope/);
    b[Symbol.dispose]();
  });
  test('isolated starts at the root', () => {
    const g = new Graph();
    g.asDefault(() => nameScope('a', () => g.isolated(() => expect(make(g, 'x').name).toBe('x'))));
  });
});

test('a failing shape function leaves the graph without the node but burns the name and an id, as in TF', () => {
  const g = new Graph();
  expect(() => g.createOp({ type: 'Bad', inputs: [], outputDtypes: [float32], attr: {}, inferShapes: () => { throw new Error('shape'); } })).toThrow('shape');
  expect([g.size, g.lastId]).toEqual([0, 1]);
  expect(make(g, 'Bad').name).toBe('Bad_1');
});

test('lookups give TF\'s texts', () => {
  const g = new Graph();
  make(g, 'a');
  expect(() => g.getTensorByName('a')).toThrow('The name \'a\' refers to an Operation, not a Tensor. Tensor names must be of the form "<op_name>:<output_index>".');
  expect(() => g.getTensorByName('a:1')).toThrow("The name 'a:1' refers to a Tensor which does not exist. The operation, 'a', exists but only has 1 outputs.");
  expect(() => g.getOperationByName('b')).toThrow("The name 'b' refers to an Operation not in the graph.");
  expect(() => g.asGraphElement(3)).toThrow('Can not convert a int into a Tensor or Operation.');
  g.finalize();
  expect(() => make(g, 'x')).toThrow('Graph is finalized and cannot be modified.');
});
