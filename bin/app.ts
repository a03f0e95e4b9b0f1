import { App } from 'aws-cdk-lib';
import { addDeployment } from '../lib/deployment.ts';
import { parseSettings } from '../lib/settings.ts';

const app = new App();
addDeployment(app, parseSettings(app.node.getAllContext() as Record<string, unknown>));
