import { grafana } from './grafana/grafana.ts';
import type { Publisher } from './publisher.ts';
import { sentinel } from './sentinel/sentinel.ts';
import { workbook } from './workbook/workbook.ts';

/** Every kind of published content. A new one is its own folder and its name here. */
export const publishers: readonly Publisher[] = [grafana, sentinel, workbook];
