import { serveRanges } from './range-worker.ts';

serveRanges();
