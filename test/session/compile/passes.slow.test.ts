// Every pass on many random programs.
import { passSuite } from '../../support/pass_suite.ts';

passSuite(250, ['unguard']);
