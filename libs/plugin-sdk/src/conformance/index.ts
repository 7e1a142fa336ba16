export { conformanceComplaints } from './complaints.js';
export { testConformance, testPlugin, type ConformanceOptions } from './conformance.js';
export {
  CHECKS,
  reportOf,
  reportText,
  type Check,
  type ConformanceReport,
  type ConformanceResult,
} from './report.js';
export {
  InputRefused,
  subjectOf,
  type ConformanceSubject,
  type SubjectContext,
  type SubjectHealthContext,
  type SubjectResult,
} from './subject.js';
export { ConformanceTable, type ConformanceExamples } from './table.js';
