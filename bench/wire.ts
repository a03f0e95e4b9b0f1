/** An attribute in its wire form; bytes in Base64. */
export type WireValue =
  | { readonly S: string }
  | { readonly N: string }
  | { readonly B: string }
  | { readonly SS: readonly string[] }
  | { readonly NS: readonly string[] }
  | { readonly BS: readonly string[] }
  | { readonly BOOL: boolean }
  | { readonly NULL: boolean }
  | { readonly L: readonly WireValue[] }
  | { readonly M: WireItem };

export type WireItem = Readonly<Record<string, WireValue>>;

/** A put, an update, a removal or a read of one item. */
export interface SingleRequest {
  readonly TableName: string;
  readonly Key?: WireItem;
  readonly Item?: WireItem;
  readonly ConsistentRead?: boolean;
}

export interface SingleAnswer {
  readonly Item?: WireItem;
  readonly Attributes?: WireItem;
}

export interface QueryRequest {
  readonly FilterExpression?: string;
  readonly ProjectionExpression?: string;
  readonly Select?: string;
  readonly ConsistentRead?: boolean;
}

export interface QueryAnswer {
  readonly Items?: readonly WireItem[];
}

export interface WireWrite {
  readonly PutRequest?: { readonly Item: WireItem };
  readonly DeleteRequest?: { readonly Key: WireItem };
}

export interface BatchWriteRequest {
  readonly RequestItems: Readonly<Record<string, readonly WireWrite[]>>;
}

export interface BatchWriteAnswer {
  readonly UnprocessedItems?: Readonly<Record<string, readonly WireWrite[]>>;
}

export interface BatchReadRequest {
  readonly RequestItems: Readonly<
    Record<string, { readonly Keys: readonly WireItem[]; readonly ConsistentRead?: boolean }>
  >;
}

export interface BatchReadAnswer {
  readonly Responses?: Readonly<Record<string, readonly WireItem[]>>;
  readonly UnprocessedKeys?: Readonly<Record<string, { readonly Keys: readonly WireItem[] }>>;
}
