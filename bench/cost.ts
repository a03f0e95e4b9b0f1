/** `npm run bench -- cost`: what a deployment costs a month, beside SQS. docs/costs.md holds what it prints. */
import { costPage } from './cost-page.ts';

process.stdout.write(costPage());
