// `tf.logging`.
export {
  DEBUG, debug, ERROR, error, FATAL, fatal, flush, getVerbosity, INFO, info, log, logEveryN, logFirstN, logIf, setVerbosity, TaskLevelStatusMessage, vlog, WARN, warn, warning,
} from '../ops/tf_logging.ts';
