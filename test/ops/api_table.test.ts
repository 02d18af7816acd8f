// docs/SYMBOLS.md says which of TensorFlow's public symbols are here.
import { expect, test } from 'vitest';
import { apiTableMarkdown } from '../support/api_table.ts';

test('docs/SYMBOLS.md is up to date', async () => { await expect(apiTableMarkdown()).toMatchFileSnapshot('../../docs/SYMBOLS.md'); });
