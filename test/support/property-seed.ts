import fc from 'fast-check';

/**
 * Properties draw the same values in every run of the tests, so that what fails here fails everywhere and a change is
 * judged by what it changed. `npm run fuzz:properties` gives PROPERTY_SEED and draws new ones.
 */
fc.configureGlobal({ seed: Number(process.env['PROPERTY_SEED'] ?? 20_261_122) });
