// `tf.strings`.
export {
  asString, reduceJoin, regexFullMatch, regexReplace, stringFormat as format, stringJoin as join, stringLength as length, stringLower as lower, stringStrip as strip,
  stringToHashBucket as toHashBucket, stringToHashBucketFast as toHashBucketFast, stringToHashBucketStrong as toHashBucketStrong, stringToNumber as toNumber, stringUpper as upper,
  substr, unsortedSegmentJoin,
} from '../ops/string_ops.ts';
export {
  bytesSplit, ngrams, stringsSplit as split, unicodeDecode, unicodeDecodeWithOffsets, unicodeEncode, unicodeScript, unicodeSplit, unicodeSplitWithOffsets, unicodeTranscode,
} from '../ops/string_split.ts';
