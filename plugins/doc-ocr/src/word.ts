/** One word on a page. Coordinates are pixels of the picture that was read, y downwards. */
export interface Word {
  text: string;
  x0: number;
  y0: number;
  x1: number;
  y1: number;
  /** 0 to 1, as the engine says. */
  confidence: number;
}

/** The words of one page. */
export interface PageText {
  /** Width of the picture in pixels: distances are judged relative to it. */
  width: number;
  height: number;
  words: Word[];
  /** Whether they were recognised in pixels or stand as text in the PDF. */
  source: 'ocr' | 'pdf-text';
}
