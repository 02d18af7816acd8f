// Every op that the reference engine runs has a generated kernel, or stands here with a reason.
import { expect, test } from 'vitest';
import { referenceKernels } from '../../../src/session/kernels/registry.ts';
import { wasmKernels } from '../../../src/session/wasm/table.ts';

/** Ops without a kernel of the wasm engine. */
const because = (reason: string, ops: string): Readonly<Record<string, string>> => Object.fromEntries(ops.split(' ').map((op) => [op, reason]));
const WITHOUT: Readonly<Record<string, string>> = {
  Const: 'the plan holds its value', Assign: 'a step of its own in the plan', AssignVariableOp: 'a step of its own in the plan',
  ...because('writes to standard error or a file', 'Print PrintV2'), ...because('a function of the program', 'PyFunc PyFuncStateless'),
  ...because('strings', 'StringJoin ReduceJoin UnsortedSegmentJoin AsString StringFormat StringStrip StringLower StringUpper StringLength Substr StringSplit StringSplitV2 StringNGrams ParseTensor SerializeTensor DecodeCSV StringToHashBucket StringToHashBucketFast StringToHashBucketStrong Fingerprint RaggedTensorToSparse StringToNumber DecodeRaw DecodePaddedRaw EncodeBase64 DecodeBase64 RegexReplace StaticRegexReplace RegexFullMatch StaticRegexFullMatch UnicodeTranscode UnicodeDecode UnicodeDecodeWithOffsets UnicodeEncode UnicodeScript'),
  ...because('tables are on the host', 'HashTable HashTableV2 MutableHashTable MutableHashTableV2 MutableHashTableOfTensors MutableHashTableOfTensorsV2 MutableDenseHashTable MutableDenseHashTableV2 LookupTableFind LookupTableFindV2 LookupTableSize LookupTableSizeV2 LookupTableExport LookupTableExportV2 LookupTableInsert LookupTableInsertV2 LookupTableImport LookupTableImportV2 LookupTableRemoveV2 InitializeTable InitializeTableV2 InitializeTableFromTextFile InitializeTableFromTextFileV2'),
};
test('ops without a kernel are known, with a reason', () => {
  expect([...referenceKernels.keys()].filter((op) => !wasmKernels.has(op) && !(op in WITHOUT))).toEqual([]);
});
test('what is listed as without a kernel has none', () => { for (const op in WITHOUT) expect([op, referenceKernels.has(op), wasmKernels.has(op)]).toEqual([op, true, false]); });
test('every generated kernel has a reference kernel', () => { for (const op of wasmKernels.keys()) expect(referenceKernels.has(op), op).toBe(true); });
