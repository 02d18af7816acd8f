// P1 and P2 for the programs about names, control inputs, devices and lookups.
import * as name from './programs/name.ts';
import { goldenSuite } from './suite.ts';

goldenSuite(name, {
  name_graph: { skipFacts: { import: "node_def of an imported operation spells a mapped input 'ones:0' where every GraphDef has 'ones'; here both are 'ones'" } },
});
