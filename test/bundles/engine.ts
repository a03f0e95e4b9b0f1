/** The DynamoDB-compatible engine, called without an SDK: functions neither create tables nor read streams. */
export class Engine {
  readonly #address: string;

  constructor(address: string) {
    this.#address = address;
  }

  async call<Answer>(target: string, input: object): Promise<Answer> {
    const request = () =>
      fetch(this.#address, {
        method: 'POST',
        headers: {
          ...signedBy(target.startsWith('Trent') ? 'kms' : 'dynamodb'),
          'content-type': 'application/x-amz-json-1.0',
          'x-amz-target': target,
        },
        body: JSON.stringify(input),
      });
    // The engine may close an idle connection at the moment of its reuse.
    const response = await request().catch(request);
    if (!response.ok) throw new Error(`${target} answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as Answer;
  }

  /** Empties the engine: each deployment begins with an empty one. */
  async reset(): Promise<void> {
    const response = await fetch(`${this.#address}/moto-api/reset`, { method: 'POST' });
    if (!response.ok) throw new Error(`the engine was not reset: ${response.status}`);
  }

  /** Makes a table with the properties of a template, in the words of the API. */
  async createTable(properties: Readonly<Record<string, unknown>>): Promise<void> {
    const { TableName, AttributeDefinitions, KeySchema, BillingMode, StreamSpecification } = properties;
    const stream = StreamSpecification === undefined ? {} : { StreamEnabled: true, ...StreamSpecification };
    await this.call('DynamoDB_20120810.CreateTable', {
      TableName,
      AttributeDefinitions,
      KeySchema,
      BillingMode,
      ...(StreamSpecification === undefined ? {} : { StreamSpecification: stream }),
    });
  }

  async createKey(alias: string): Promise<void> {
    type Created = { KeyMetadata: { KeyId: string } };
    const { KeyMetadata } = await this.call<Created>('TrentService.CreateKey', {});
    await this.call('TrentService.CreateAlias', { AliasName: alias, TargetKeyId: KeyMetadata.KeyId });
  }

  async readObject(bucket: string, key: string): Promise<string> {
    const response = await fetch(`${this.#address}/${bucket}/${key}`, { headers: signedBy('s3') });
    if (!response.ok) throw new Error(`object ${key}: ${response.status} ${await response.text()}`);
    return await response.text();
  }

  async createBucket(name: string): Promise<void> {
    const response = await fetch(`${this.#address}/${name}`, { method: 'PUT', headers: signedBy('s3') });
    if (!response.ok) throw new Error(`bucket ${name}: ${response.status} ${await response.text()}`);
  }
}

/** The engine checks no signature, and distinguishes services by their names in it. */
const signedBy = (service: string): Record<string, string> => ({
  authorization: [
    `AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/${service}/aws4_request`,
    'SignedHeaders=host',
    'Signature=0',
  ].join(', '),
});
