/**
 * The worker process. Most look at a board once and end, so that it loads little.
 *
 * zod would load its messages in all languages, 51 modules that take a tenth of the time of a look. They are left out, since English comes
 * by itself. It also compiles no parser, which takes longer than to parse a few times without.
 */
import { registerHooks } from 'node:module';

registerHooks({
  resolve: (name, context, next) =>
    name === '../locales/index.js' && context.parentURL?.includes('/node_modules/zod/')
      ? { url: 'data:text/javascript,', format: 'module', shortCircuit: true }
      : next(name, context),
});

const { config } = await import('zod');
config({ jitless: true });
const { serve } = await import('./serve.ts');
serve();
