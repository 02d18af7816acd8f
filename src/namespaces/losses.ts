export { addLoss, getLosses, getRegularizationLoss, getRegularizationLosses, getTotalLoss } from '../ops/losses/util.ts';
