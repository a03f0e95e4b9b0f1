/** `npm run bench -- cost`: the monthly cost of a deployment, compared with SQS. docs/costs.md holds its output. */
import { costPage } from './cost-page.ts';

process.stdout.write(costPage());
