/** Every page of the dashboard. */
import type { Page } from '../page.ts';
import { statusPage } from './status-page.ts';

export const pages: readonly Page[] = [statusPage];
