import { dynamoContracts } from './contracts.ts';
import { startDynalite } from './engines.ts';

dynamoContracts('DynamoDB on dynalite', startDynalite);
