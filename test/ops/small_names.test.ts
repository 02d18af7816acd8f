// Small things programs ask for: error numbers, versions, TensorProtos, the logger.
import { expect, test, vi } from 'vitest';
import * as tf from 'tfgraph';

test('error classes and their numbers', () => {
  const { errors } = tf;
  expect([errors.OK, errors.UNAUTHENTICATED, errors.INVALID_ARGUMENT]).toEqual([0, 16, 3]);
  for (let code = 1; code <= 16; code++) expect(errors.errorCodeFromExceptionType(errors.exceptionTypeFromErrorCode(code))).toBe(code);
  expect(errors.exceptionTypeFromErrorCode(errors.OUT_OF_RANGE)).toBe(errors.OutOfRangeError);
  expect(() => errors.exceptionTypeFromErrorCode(17)).toThrow(errors.KeyError);
  expect(errors.errorCodeFromExceptionType(errors.OpError)).toBeInstanceOf(errors.UnknownError);
  expect(tf.OpError).toBe(errors.OpError);
});

test('versions', () => {
  expect([tf.VERSION, tf.GRAPH_DEF_VERSION, tf.GRAPH_DEF_VERSION_MIN_CONSUMER, tf.GRAPH_DEF_VERSION_MIN_PRODUCER]).toEqual(['1.15.5', 134, 0, 0]);
  expect(new tf.Graph().asGraphDef().versions?.producer).toBe(tf.GRAPH_DEF_VERSION);
});

test('constant values as TensorProtos', () => {
  const a = tf.makeTensorProto([1, 2], { dtype: tf.int32, shape: [2, 2] });
  expect([tf.makeNdarray(a).toArray(), a.dtype]).toEqual([[[1, 2], [2, 2]], tf.int32]);
  expect(() => tf.makeTensorProto([1, 2], { shape: [3], verifyShape: true })).toThrow("Expected Tensor's shape: (3,), got (2,).");
  expect(() => tf.makeNdarray(3 as never)).toThrow(tf.errors.ValueError);
});

test('the logger is that of tf.logging', () => {
  const before = tf.logging.getVerbosity(), said = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  try {
    const log = tf.getLogger();
    log.setLevel('ERROR');
    expect([tf.logging.getVerbosity(), log.getEffectiveLevel()]).toEqual([tf.logging.ERROR, tf.logging.ERROR]);
    log.error('no %s', 'way');
    expect(said).toHaveBeenCalledWith('ERROR:tensorflow:no way');
  } finally {
    tf.logging.setVerbosity(before);
    said.mockRestore();
  }
});

test('variables that are read per replica are not trained', () => {
  new tf.Graph().asDefault(() => {
    const { ON_READ, AUTO } = tf.VariableSynchronization;
    expect(tf.getVariable('a', [1], { synchronization: ON_READ }).trainable).toBe(false);
    expect(tf.getVariable('b', [1], { synchronization: AUTO }).trainable).toBe(true);
    expect(() => tf.getVariable('c', [1], { synchronization: ON_READ, trainable: true })).toThrow('only for non-trainable variables');
    expect(() => tf.getVariable('d', [1], { aggregation: 9 })).toThrow('Invalid variable aggregation mode');
  });
});
