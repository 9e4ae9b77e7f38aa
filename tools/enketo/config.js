// What enketo-core asks of the page that it is part of.
export default {
  maps: [{ tiles: ['https://localhost/{z}/{x}/{y}.png'], name: 'streets', attribution: '' }],
  googleApiKey: '',
  validateContinuously: false,
  validatePage: false,
  swipePage: true,
  textMaxChars: 2000,
  experimentalOptimizations: { computeAsync: false },
  repeatOrdinals: false,
};
