extension JobStreamFunctions {
    /// `survey`.
    static let surveying = """
        -- Entries that were delivered once and are still in the stream lie before the last one delivered, the others behind
        -- it. The shorter side is counted: our workers delete what they acknowledge, so few lie before. (`lag` would be
        -- cheaper, but is wrong after a cut in Redis 7.0.) Where both sides are long, other programs have left much behind:
        -- then all that is not pending is said to wait, which is too much rather than too little, until it is tidied.
        local function waiting_of(stream, length, last, held)
            local before = redis.call('XRANGE', stream, '-', last, 'COUNT', 1001)
            if #before <= 1000 then return length - #before end
            local behind = redis.call('XRANGE', stream, '(' .. last, '+', 'COUNT', 1001)
            if #behind <= 1000 then return #behind end
            return length - held
        end

        -- Pending without those whose entries the stream was cut by.
        local function held_of(stream, pending, first)
            if pending == 0 or not first then return 0 end
            local start, stale = '-', 0
            for _ = 1, 200 do
                local rows = redis.call('XPENDING', stream, GROUP, start, '(' .. first, \(batch))
                stale = stale + #rows
                if #rows < \(batch) then break end
                start = '(' .. rows[#rows][1]
            end
            return math.max(0, pending - stale)
        end

        -- KEYS stream, ends, leader, mark, clock; ARGV 'all' to be told of workers, lead and mark as well.
        -- Returns {server time, entries ever added, length, waiting, held, ends, workers, leader, mark, first id}.
        local function survey(keys, args)
            local stream = keys[1]
            local wall = milliseconds()
            local added, length, waiting, held, oldest = 0, 0, 0, 0, ''
            local info = ask('XINFO', 'STREAM', stream)
            local group = info and group_of(stream)
            if info then
                info = named(info)
                added, length = info['entries-added'], info.length
                waiting = length
                local first = info['first-entry']
                if first then oldest = first[1] end
                if group then
                    held = held_of(stream, group.pending, first and first[1])
                    if length > 0 then waiting = waiting_of(stream, length, group['last-delivered-id'], held) end
                end
            end
            local workers, leader, mark = 0, '', {}
            if args[1] == 'all' then
                for _, flat in ipairs(group and ask('XINFO', 'CONSUMERS', stream, GROUP) or {}) do
                    if named(flat).name ~= RELEASED then workers = workers + 1 end
                end
                local lead = redis.call('HMGET', keys[3], 'holder', 'until')
                local skew = tonumber(redis.call('HGET', keys[5], 'lead.skew') or '0')
                if lead[1] and wall + skew < (tonumber(lead[2] or '') or 0) then leader = lead[1] end
                mark = redis.call('HGETALL', keys[4])
            end
            return {wall, added, length, waiting, held, redis.call('HGETALL', keys[2]), workers, leader, mark,
                oldest}
        end

        redis.register_function{function_name='@survey@', callback=survey, flags={'no-writes', 'allow-oom'}}
        """
}
