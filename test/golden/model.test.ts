// The model_* programs of the golden records: small models and their training.
import * as programs from './programs/model.ts';
import { goldenSuite } from './suite.ts';

goldenSuite(programs, { model_linear: { relative: 1e-6 }, model_dqn: { relative: 1e-5 }, model_logistic: { relative: 1e-5 }, model_vae: { relative: 1e-5 }, model_word2vec: { relative: 1e-5 } });
