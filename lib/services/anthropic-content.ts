import type { ContentPart } from '../api/chat-content.ts';
import { statusException } from '../api/errors.ts';

// Parts of messages as blocks of Anthropic's Messages API.

const api = 'for the Anthropic chat completion API';

const refuse = (problem: string): never => {
  throw statusException(400, problem);
};

type DataUri = { readonly mediaType: string; readonly data: string };

/** Media types are told without their parameters, and by their registered name. */
const readDataUri = (uri: string): DataUri | undefined => {
  const [whole, type = '', data = ''] = /^data:([^,]+);base64,(.*)$/is.exec(uri) ?? [];
  if (whole === undefined) return undefined;
  const mediaType = type.replace(/;.*$/s, '').trim().toLowerCase();
  return { mediaType: mediaType === 'image/jpg' ? 'image/jpeg' : mediaType, data };
};

const imageSource = (url: string) => {
  if (/^https?:\/\//i.test(url)) return { type: 'url', url };
  const { mediaType, data } =
    readDataUri(url) ??
    refuse(`Image URLs must be HTTP(S) URLs or base64 data URIs with the format [data:{MIME-type};base64,...] ${api}.`);
  return { type: 'base64', media_type: mediaType, data };
};

const base64 = /^[A-Za-z0-9+/]*={0,2}$/;

const documentSource = (fileData: string) => {
  if (fileData === '') refuse(`File content requires [file_data] ${api}.`);
  const { mediaType, data } =
    readDataUri(fileData) ??
    refuse(`File data must be a base64 data URI with the format [data:{MIME-type};base64,...] ${api}.`);
  switch (mediaType) {
    case 'application/pdf':
      return { type: 'base64', media_type: mediaType, data };
    case 'text/plain':
      if (!base64.test(data) || data.replace(/=+$/, '').length % 4 === 1)
        refuse('Invalid base64 payload in the file data URI.');
      return { type: 'text', media_type: mediaType, data: Buffer.from(data, 'base64').toString('utf8') };
    default:
      return refuse(
        `Unsupported file media type [${mediaType}] ${api}; supported types are [application/pdf, text/plain].`,
      );
  }
};

export const textBlock = (text: string) => ({ type: 'text', text });

/** One part as a block: text, image or document. @throws InferenceError 400 for what Anthropic cannot take */
export const contentBlock = (part: ContentPart) => {
  switch (part.type) {
    case 'text':
      return textBlock(part.text);
    case 'image_url':
      return { type: 'image', source: imageSource(part.image_url.url) };
    case 'file': {
      const { file_data: data, filename } = part.file;
      return { type: 'document', source: documentSource(data), ...(filename !== '' && { title: filename }) };
    }
  }
};

/** A message's content where there is place for text alone. @throws InferenceError 400 for other parts */
export const joinedText = (content: string | readonly ContentPart[] | undefined, role: string): string => {
  if (typeof content === 'string') return content;
  return (content ?? [])
    .map((part) =>
      part.type === 'text'
        ? part.text
        : refuse(`Content of type [${part.type}] is not supported in this message of role [${role}] ${api}.`),
    )
    .join('');
};
