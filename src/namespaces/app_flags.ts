// `tf.app.flags`.
export {
  DEFINE_alias, DEFINE_bool, DEFINE_boolean, DEFINE_enum, DEFINE_float, DEFINE_integer, DEFINE_list, DEFINE_multi_enum, DEFINE_multi_float, DEFINE_multi_integer, DEFINE_multi_string, DEFINE_spaceseplist,
  DEFINE_string, DuplicateFlagError, FLAGS, FlagsError as Error, FlagValues, IllegalFlagValueError, markFlagAsRequired, markFlagsAsMutualExclusive, markFlagsAsRequired, registerMultiFlagsValidator,
  registerValidator, UnparsedFlagAccessError, UnrecognizedFlagError, ValidationError,
} from '../ops/app_flags.ts';
