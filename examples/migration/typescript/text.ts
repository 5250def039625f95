// What is shown to the user: the text of one turn so far, or for good. Times are in milliseconds.
export interface Text {
  id: number | string;
  text: string;
  isFinal: boolean;
  isFormatted: boolean;
  words: { text: string; start_ms: number; end_ms: number }[];
}

export interface Listener {
  onText(text: Text): void;
  onError(message: string): void;
}
