// The lookup_* programs of the golden records: lookup tables.
import { FILES, lookup_files, lookup_tables } from './programs/lookup.ts';
import { goldenSuite } from './suite.ts';

goldenSuite({ lookup_files, lookup_tables }, { lookup_files: { files: FILES } });
