/** Random tests run the same programs every time; `FC_SEED` chooses others. A failure prints its seed. */

import fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env['FC_SEED'] ?? 1) });
