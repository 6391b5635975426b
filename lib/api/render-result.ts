import { ByteWriter } from './float32.ts';
import type { DenseResult, InferenceResult, RankedDocument, SparseRow } from './results.ts';

// Results as JSON. They are written, not serialised: float32 numbers in their shortest digits, tokens in the order of their weights.

const isInteger = (key: DenseResult['key']): boolean => key.endsWith('_bytes') || key.endsWith('_bits');

const writeDense = (writer: ByteWriter, { key, rows }: DenseResult): void => {
  writer.text(`{"${key}":[`);
  rows.forEach(({ embedding }, index) => {
    writer.text(index === 0 ? '{"embedding":' : ',{"embedding":');
    if (isInteger(key)) writer.text(JSON.stringify(Array.from(embedding)));
    else writer.floats(embedding);
    writer.text('}');
  });
  writer.text(']}');
};

const writeSparse = (writer: ByteWriter, rows: readonly SparseRow[]): void => {
  writer.text('{"sparse_embedding":[');
  rows.forEach(({ is_truncated, embedding }, index) => {
    writer.text(`${index === 0 ? '' : ','}{"is_truncated":${is_truncated},"embedding":{`);
    embedding.forEach(([token, weight], position) => {
      writer.text(`${position === 0 ? '' : ','}${JSON.stringify(token)}:`);
      writer.float(weight);
    });
    writer.text('}}');
  });
  writer.text(']}');
};

const writeRanking = (writer: ByteWriter, documents: readonly RankedDocument[]): void => {
  writer.text('{"rerank":[');
  documents.forEach(({ index, relevance_score, text }, position) => {
    writer.text(`${position === 0 ? '' : ','}{"index":${index},"relevance_score":`);
    writer.float(relevance_score);
    writer.text(text === undefined ? '}' : `,"text":${JSON.stringify(text)}}`);
  });
  writer.text(']}');
};

/** A result as Elasticsearch writes it (contract §9), in UTF-8. */
export const renderResult = (result: InferenceResult): Uint8Array => {
  const writer = new ByteWriter();
  switch (result.kind) {
    case 'dense':
      writeDense(writer, result);
      break;
    case 'sparse':
      writeSparse(writer, result.rows);
      break;
    case 'rerank':
      writeRanking(writer, result.documents);
      break;
    case 'completion':
      return Buffer.from(JSON.stringify({ completion: result.results.map((text) => ({ result: text })) }));
    case 'chat':
      return Buffer.from(JSON.stringify(result.completion));
  }
  return writer.toBuffer();
};

/** The same as text. */
export const resultText = (result: InferenceResult): string => Buffer.from(renderResult(result)).toString('utf8');
