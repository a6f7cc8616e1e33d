import { expect, test } from 'vitest';
import { changedWiql, taggedWiql } from '../../../src/connectors/azure-devops/wiql.ts';

test('the project is always named, and quotes cannot end a literal', () => {
  const text = changedWiql({
    areaPath: "Acme\\O'Hara' OR [System.Id] > 0 --",
    workItemTypes: ['Bug', 'User Story'],
    requiredTag: "it's",
    since: undefined,
    states: ['New', "Won't"],
    afterId: 7,
  });
  expect(text).toBe(
    'SELECT [System.Id] FROM WorkItems WHERE [System.TeamProject] = @project' +
      " AND [System.AreaPath] UNDER 'Acme\\O''Hara'' OR [System.Id] > 0 --'" +
      " AND [System.WorkItemType] IN ('Bug', 'User Story') AND [System.Tags] CONTAINS 'it''s'" +
      " AND [System.State] IN ('New', 'Won''t') AND [System.Id] > 7 ORDER BY [System.Id]",
  );
});

test('what changed since a moment is asked with its milliseconds, in any state', () => {
  const text = changedWiql({ since: Date.UTC(2026, 0, 2, 3, 4, 5, 6), states: ['New'], afterId: undefined });
  expect(text).toContain("[System.ChangedDate] >= '2026-01-02T03:04:05.006Z'");
  expect(text).not.toContain('System.State');
});

test('a tag is looked for in our project and area, and cannot end its literal', () => {
  expect(taggedWiql({ areaPath: 'Acme\\Web', tag: "it's" })).toBe(
    'SELECT [System.Id] FROM WorkItems WHERE [System.TeamProject] = @project' +
      " AND [System.AreaPath] UNDER 'Acme\\Web' AND [System.Tags] CONTAINS 'it''s'",
  );
});
